//! What of the host a session may use besides its disks: nothing, unless whoever starts it says so.

/// The permissions of a session.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// `--allow-system`: ADDRESS SYSTEM runs host commands.
    pub system: bool,
    /// `--allow-net HOST[:PORT]`: where SOCKET may connect, and with `localhost` or an address of this
    /// host what it may listen on.
    pub net: Vec<String>,
}

impl Allowed {
    /// Whether a host, by name or address, may be reached at a port.
    pub fn reaches(&self, host: &str, port: u16) -> bool {
        self.net.iter().any(|entry| {
            let (name, only) = split(entry);
            name.eq_ignore_ascii_case(host) && only.is_none_or(|p| p == port)
        })
    }

    /// Whether a host's name may be looked up.
    pub fn names(&self, host: &str) -> bool {
        let names = self.net.iter().map(|entry| split(entry).0);
        names
            .into_iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// `HOST`, `HOST:PORT`; an IPv6 address with a port stands in brackets.
fn split(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[')
        && let Some((host, port)) = rest.split_once(']')
    {
        return (host, port.strip_prefix(':').and_then(|p| p.parse().ok()));
    }
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_named_is_reached() {
        let allowed = Allowed {
            system: false,
            net: ["localhost:8080", "Example.org", "::1", "[fe80::1]:22"]
                .map(String::from)
                .to_vec(),
        };
        assert!(allowed.reaches("localhost", 8080));
        assert!(!allowed.reaches("localhost", 8081));
        assert!(allowed.reaches("example.ORG", 1));
        assert!(allowed.reaches("::1", 80));
        assert!(allowed.reaches("fe80::1", 22) && !allowed.reaches("fe80::1", 23));
        assert!(
            !allowed.reaches("127.0.0.1", 8080),
            "names are not guessed at"
        );
        assert!(!Allowed::default().reaches("localhost", 80));
        assert!(allowed.names("LOCALHOST") && !allowed.names("other"));
    }
}
