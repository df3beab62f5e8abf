//! CP's grip on a virtual machine's hardware: the processors, channels and devices behind the commands,
//! the dispatcher and the saved systems.

mod catchup;
mod disks;
mod saved;
mod segments;
mod storage;
mod unit_record;

pub use disks::Images;
pub use segments::{Place, Sharing};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use self::catchup::CatchUp;
use self::segments::LoadedSegment;
use crate::base::Clock;
use crate::base::codepage::{ebcdic_field, host_to_ebcdic};
use crate::cp::UserId;
use crate::cp::directory::MachineMode;
use crate::cp::guest::Vdev;
use crate::cp::spool::{Reading, Spool};
use crate::device::dasd::Ckd;
use crate::device::{
    AutoReturn, Console, Ctc, Devices, Display, IplError, Key, Model, Pressed, Progress, Screen,
};
use crate::machine::{
    Config, Cpu, Exit, External, Machine, Psw, Request, Reset, State as CpuRuns, TimeSource, Trap,
};

/// Whether a reset also clears storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clearing {
    /// Storage stays.
    Keep,
    /// Storage and registers become zero.
    Clear,
}

/// Which addresses a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Virtual, of the address space in the PSW (the primary one with DAT off in the PSW too).
    Virtual,
    /// Virtual, of the secondary space.
    Secondary,
    /// Virtual, of the home space.
    Home,
    /// Real: prefixing is applied.
    Real,
    /// Absolute.
    Absolute,
}

impl Address {
    /// The letter before an address in DISPLAY's lines.
    pub fn letter(self) -> char {
        match self {
            Address::Virtual => 'V',
            Address::Secondary => 'S',
            Address::Home => 'H',
            Address::Real => 'R',
            Address::Absolute => 'U',
        }
    }

    /// Whether addresses end where storage ends.
    pub fn is_absolute(self) -> bool {
        matches!(self, Address::Real | Address::Absolute)
    }
}

/// What a waiting machine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    /// It runs.
    Runs,
    /// For a time: in microseconds since 1970, and as a TOD value.
    At(i64, u64),
    /// For something from outside.
    Never,
}

/// The hardware of one virtual machine.
pub struct Hardware {
    /// Processors, storage and channels.
    pub machine: Machine,
    /// The devices.
    pub devices: Devices,
    clock: Clock,
    wake: Wake,
    /// How far the TOD clock is behind the system's, which a saved system makes up for.
    behind: CatchUp,
    /// Channel programs were left unfinished at the end of a slice.
    more_io: bool,
    /// The processor that commands mean.
    current: u16,
    traps: Vec<Trap>,
    mode: MachineMode,
    autocr: bool,
    /// How great the screens of its displays are.
    model: Model,
    spool: Spool,
    images: Images,
    /// What was wrong with disk images, not yet told.
    disk_faults: Vec<String>,
    user: UserId,
    /// The saved segments that are loaded.
    segments: Vec<LoadedSegment>,
    /// How the readers are spooled.
    readings: BTreeMap<u16, Arc<Mutex<Reading>>>,
}

/// What a machine is made of, as the system knows it.
pub struct Made<'a> {
    /// Bytes of storage.
    pub storage: u64,
    /// How many processors.
    pub cpus: u8,
    /// How many there may be (DEFINE CPU).
    pub most_cpus: u8,
    /// The serial number of the processor identification.
    pub serial: u32,
    /// The user identification.
    pub user: &'a [u8],
    /// The system identification.
    pub system: &'a [u8],
    /// The clock.
    pub clock: Clock,
    /// Whether time passes by instructions.
    pub repeatable: bool,
    /// The architecture.
    pub mode: MachineMode,
    /// Where its readers read.
    pub spool: Spool,
    /// The disk images that are open.
    pub images: Images,
}

/// The version code of a virtual processor, and the machine type.
const VERSION: u64 = 0xFF;
const MACHINE_TYPE: u64 = 0x2097;

/// A machine that waits for longer than so many microseconds does not need its decoded code.
const IDLE: u64 = 100_000;
/// So many decoded instructions are kept all the same.
const IDLE_CODE: usize = 4096;

impl Hardware {
    /// A machine after a clear reset. Fails when the host cannot map its storage.
    pub fn new(made: &Made<'_>) -> Result<Hardware, std::io::Error> {
        let mut config = Config::new(made.storage, made.clock.clone());
        config.cpus = made.cpus.max(1);
        config.most_cpus = made.most_cpus.max(config.cpus);
        config.cpu_id =
            VERSION << 56 | u64::from(made.serial & 0xFF_FFFF) << 32 | MACHINE_TYPE << 16;
        config.guest_name = made.user.to_vec();
        config.system_name = made.system.to_vec();
        config.control_program = crate::cp::system::CONTROL_PROGRAM.to_vec();
        config.time = match made.repeatable {
            true => TimeSource::Instructions,
            false => TimeSource::Clock,
        };
        Ok(Hardware {
            machine: Machine::new(config)?,
            devices: Devices::new(),
            clock: made.clock.clone(),
            wake: Wake::Runs,
            behind: CatchUp::default(),
            more_io: false,
            current: 0,
            traps: Vec::new(),
            mode: made.mode,
            autocr: true,
            model: Model::default(),
            spool: made.spool.clone(),
            images: made.images.clone(),
            disk_faults: Vec::new(),
            user: made.user.to_vec(),
            segments: Vec::new(),
            readings: BTreeMap::new(),
        })
    }

    /// Puts a virtual device where the channel subsystem finds it. Gives what could not be used.
    pub fn attach(&mut self, number: u16, vdev: &Vdev) -> Result<(), String> {
        match vdev {
            Vdev::Console { kind: 3270 } => {
                self.devices
                    .attach(number, Box::new(Display::new(self.model)));
            }
            Vdev::Console { .. } => {
                let mut console = Console::new();
                console.set_auto_return(auto_return(self.autocr));
                self.devices.attach(number, Box::new(console));
            }
            Vdev::Ctc { .. } => self.devices.attach(number, Box::new(Ctc::new())),
            Vdev::Spool(s) => return self.attach_spool(number, s),
            // Of a minidisk that is a folder there is nothing that a channel program could read.
            Vdev::Disk(disk) => {
                if let Some(source) = &disk.image {
                    return self.attach_disk(number, disk, source);
                }
            }
        }
        Ok(())
    }

    /// Takes a device away.
    pub fn detach(&mut self, number: u16) {
        self.readings.remove(&number);
        self.devices.detach(number);
        self.devices.connect(&mut self.machine.channels);
        self.wake = Wake::Runs;
    }

    /// Gives a device another number.
    pub fn rename(&mut self, old: u16, new: u16) {
        if let Some(device) = self.devices.detach(old) {
            self.devices.attach(new, device);
        }
        if let Some(disk) = self.devices.get_mut::<Ckd>(new) {
            disk.set_number(new);
        }
        if let Some(reading) = self.readings.remove(&old) {
            self.readings.insert(new, reading);
        }
        self.devices.connect(&mut self.machine.channels);
    }

    /// Resets one device.
    pub fn reset_device(&mut self, number: u16) {
        use crate::machine::channel::{Device, DeviceMap};
        if let Some(device) = self.devices.device(number) {
            Device::reset(device);
        }
        self.wake = Wake::Runs;
    }

    /// Resets the machine. Saved segments are purged.
    pub fn reset(&mut self, clearing: Clearing) -> Result<(), std::io::Error> {
        let behind = self.behind.rest();
        self.move_clock(behind);
        self.wake = Wake::Runs;
        self.more_io = false;
        self.current = 0;
        self.devices.reset();
        self.unload_segments()?;
        let done = self.machine.reset(match clearing {
            Clearing::Keep => Reset::Initial,
            Clearing::Clear => Reset::Clear,
        });
        self.devices.connect(&mut self.machine.channels);
        done
    }

    /// Resets processors and channels, of the processors as `how` says, and goes on with the PSW at
    /// absolute 0. Fails when that cannot be read.
    pub fn reset_and_go_on(&mut self, how: Reset) -> Result<(), std::io::Error> {
        let zarch = self.machine.cpus[0].psw.zarch;
        let chosen = self.index();
        self.wake = Wake::Runs;
        self.more_io = false;
        self.devices.reset();
        if how == Reset::Clear {
            self.unload_segments()?;
        }
        self.machine.reset(how)?;
        self.devices.connect(&mut self.machine.channels);
        let mut image = [0; 8];
        let read = self.machine.storage.read(0, &mut image);
        read.map_err(|e| std::io::Error::other(e.to_string()))?;
        for cpu in &mut self.machine.cpus {
            cpu.psw.zarch = zarch;
            cpu.purge();
        }
        let image = u64::from_be_bytes(image);
        self.machine.cpus[chosen].load_psw(Psw::from_short(image, zarch));
        let number = self.number();
        self.machine.request(Request::Start(number));
        Ok(())
    }

    /// Gives the machine storage of another size, cleared, after a reset.
    pub fn set_storage(&mut self, bytes: u64) -> Result<(), std::io::Error> {
        let mut config = self.machine.config.clone();
        config.storage = bytes;
        config.cpus = u8::try_from(self.machine.cpus.len()).unwrap_or(1);
        self.unload_segments()?;
        self.machine = Machine::new(config)?;
        self.machine.set_traps(self.traps.clone());
        self.reset(Clearing::Keep)
    }

    /// Adds a stopped processor with the next address.
    pub fn add_cpu(&mut self) {
        let address = u16::try_from(self.machine.cpus.len()).unwrap_or(0);
        self.machine.cpus.push(Cpu::new(address));
    }

    /// What STORE CPU ID stores.
    pub fn cpu_id(&self) -> u64 {
        self.machine.config.cpu_id
    }

    /// The addresses of the processors.
    pub fn cpu_addresses(&self) -> Vec<u16> {
        self.machine.cpus.iter().map(|c| c.address).collect()
    }

    /// The processor that commands mean.
    pub fn current(&self) -> u16 {
        self.current
    }

    /// Chooses the processor that commands mean.
    pub fn select(&mut self, address: u16) {
        self.current = address;
    }

    fn index(&self) -> usize {
        usize::from(self.current).min(self.machine.cpus.len().saturating_sub(1))
    }

    /// The number of the processor that commands mean, as the machine counts.
    pub fn number(&self) -> u8 {
        u8::try_from(self.index()).unwrap_or(0)
    }

    /// The processor that commands mean. A machine has at least one.
    pub fn cpu(&self) -> &Cpu {
        &self.machine.cpus[self.index()]
    }

    /// The processor that commands mean, to change.
    pub fn cpu_mut(&mut self) -> &mut Cpu {
        let index = self.index();
        &mut self.machine.cpus[index]
    }

    /// The architecture mode now: what MACHINE says, or Z once the program has gone on to it.
    pub fn mode(&self) -> MachineMode {
        match self.cpu().psw.zarch {
            true => MachineMode::Z,
            false => self.mode,
        }
    }

    /// Whether anything but the state after a reset is in the PSW.
    pub fn loaded(&self) -> bool {
        self.cpu().psw.addr != 0 || self.cpu().psw.wait
    }

    /// The PSW as CP shows it: two words in ESA/390, four in z/Architecture.
    pub fn psw_text(&self) -> String {
        psw_text(&self.cpu().psw)
    }

    /// Sets the instruction address.
    pub fn set_address(&mut self, address: u64) {
        let mut psw = self.cpu().psw;
        psw.addr = address;
        self.cpu_mut().load_psw(psw);
        self.wake = Wake::Runs;
    }

    /// Loads a short PSW.
    pub fn set_short_psw(&mut self, image: u64) {
        let zarch = self.cpu().psw.zarch;
        self.cpu_mut().load_psw(Psw::from_short(image, zarch));
        self.wake = Wake::Runs;
    }

    /// Loads a long PSW; the mode becomes z/Architecture with it.
    pub fn set_long_psw(&mut self, mask: u64, address: u64) {
        self.cpu_mut().load_psw(Psw::from_long(mask, address));
        self.wake = Wake::Runs;
    }

    /// Starts the processor that IPL or BEGIN means, if none operates.
    pub fn start(&mut self) {
        self.wake = Wake::Runs;
        if self
            .machine
            .cpus
            .iter()
            .all(|c| c.state != CpuRuns::Operating)
        {
            let number = self.number();
            self.machine.request(Request::Start(number));
        }
    }

    /// A restart interruption.
    pub fn restart(&mut self) {
        let number = self.number();
        self.machine.request(Request::Restart(number));
        self.wake = Wake::Runs;
    }

    /// An external interruption of a code; the mask bits are those of the codes that CP may give.
    pub fn external(&mut self, code: u16) {
        let request = match code {
            0x40 => Request::InterruptKey,
            code => Request::External(External {
                code,
                cpu: 0,
                parameter: 0,
                long: None,
                mask_bit: match code >> 8 {
                    0x12 => 50,
                    0x24 => 54,
                    _ => 57,
                },
            }),
        };
        self.machine.request(request);
        self.wake = Wake::Runs;
    }

    /// Replaces the TRACE traps.
    pub fn set_traps(&mut self, traps: Vec<Trap>) {
        self.traps = traps.clone();
        self.machine.set_traps(traps);
    }

    /// Sets TERMINAL AUTOCR on every console.
    pub fn set_autocr(&mut self, on: bool) {
        self.autocr = on;
        let numbers: Vec<u16> = self.devices.list().map(|(n, _)| n).collect();
        for number in numbers {
            if let Some(console) = self.devices.get_mut::<Console>(number) {
                console.set_auto_return(auto_return(on));
            }
        }
    }

    /// Makes the displays of another model.
    pub fn set_model(&mut self, model: Model) {
        self.model = model;
        let numbers: Vec<u16> = self.devices.list().map(|(n, _)| n).collect();
        for number in numbers {
            if let Some(display) = self.devices.get_mut::<Display>(number) {
                display.set_model(model);
            }
        }
    }

    /// What a display shows, if its program has written something.
    pub fn screen(&self, number: u16) -> Option<&Screen> {
        self.devices.get::<Display>(number)?.screen()
    }

    /// The model of a display.
    pub fn display_model(&self, number: u16) -> Option<Model> {
        self.devices.get::<Display>(number).map(|_| self.model)
    }

    /// A key of a display; false when it cannot be pressed now.
    pub fn press(&mut self, number: u16, key: Key) -> bool {
        self.wake = Wake::Runs;
        let Some(display) = self.devices.get_mut::<Display>(number) else {
            return false;
        };
        let pressed = display.press(key);
        if pressed == Pressed::Attention {
            self.service();
        }
        pressed != Pressed::Refused
    }

    /// How often a display's alarm sounded since the last call.
    pub fn take_alarms(&mut self, number: u16) -> u32 {
        let display = self.devices.get_mut::<Display>(number);
        display.map_or(0, Display::take_alarms)
    }

    /// The subchannel number of a device, as QUERY VIRTUAL shows it.
    pub fn subchannel(&self, device: u16) -> u16 {
        self.machine
            .channels
            .by_device(device)
            .map_or(0, |s| s.number)
    }

    /// Instructions executed.
    pub fn instructions(&self) -> u64 {
        self.machine.instructions()
    }

    /// Pages that the machine has for itself.
    pub fn private_pages(&self) -> u64 {
        self.machine.storage.written_pages()
    }

    /// Bytes of storage.
    pub fn storage_size(&self) -> u64 {
        self.machine.storage.size()
    }

    /// The storage key of an absolute page.
    pub fn key(&self, page: u64) -> u8 {
        self.machine.storage.key(page << 12)
    }

    /// Whether the program waits for a console line.
    pub fn reading(&self) -> bool {
        self.devices.console_reading()
    }

    /// When the machine can run again: `None` now, [`i64::MAX`] only by something from outside.
    pub fn wakes(&self) -> Option<i64> {
        match self.wake {
            Wake::Runs => None,
            Wake::At(micros, _) => Some(micros),
            Wake::Never => Some(i64::MAX),
        }
    }

    /// Runs for a slice. Channel work is done on the way.
    pub fn run(&mut self, budget: u64) -> Exit {
        if let Wake::At(_, tod) = self.wake
            && self.machine.tod.source() == TimeSource::Instructions
        {
            // Time passes by instructions, and none are executed in a wait: it is made up for here.
            let instructions = self.machine.instructions();
            if tod > self.machine.tod.now(instructions) {
                self.machine.tod.set(tod, instructions);
            }
        }
        self.wake = Wake::Runs;
        self.service();
        let end = self.machine.instructions().saturating_add(budget);
        loop {
            let left = end.saturating_sub(self.machine.instructions());
            if left == 0 {
                return Exit::Budget;
            }
            match self.machine.run(left) {
                Exit::ChannelWork => self.service(),
                Exit::Wait { .. } if self.more_io => self.service(),
                Exit::Wait { wake } => {
                    self.wait(wake);
                    return Exit::Wait { wake };
                }
                other => return other,
            }
        }
    }

    fn service(&mut self) {
        let progress = self
            .devices
            .service_on(&mut self.machine.channels, &mut self.machine.storage);
        self.more_io = progress == Progress::More;
    }

    /// Moves the TOD clock on. The CPU timers, which only count what a processor does, stay.
    fn move_clock(&mut self, by: u64) {
        if by == 0 {
            return;
        }
        let before = self.machine.tod_now();
        let instructions = self.machine.instructions();
        self.machine.tod.set(before.wrapping_add(by), instructions);
        let after = self.machine.tod_now();
        for cpu in &mut self.machine.cpus {
            let timer = cpu.timer_at(before);
            cpu.set_timer(timer, after);
        }
    }

    /// Lets a program that goes on from a saved system find the time at which it was saved.
    fn resume_clock(&mut self, saved: u64) {
        let now = self.machine.tod_now();
        if saved == 0 || saved == now {
            return;
        }
        let instructions = self.machine.instructions();
        self.machine.tod.set(saved, instructions);
        // Time does not go back for it, whatever the clock of this system says.
        self.behind = CatchUp::new(now.saturating_sub(saved));
    }

    fn wait(&mut self, wake: Option<u64>) {
        let step = match wake {
            Some(_) => self.behind.step(self.machine.instructions()),
            None => self.behind.rest(),
        };
        self.move_clock(step);
        let left = wake.map(|tod| tod.saturating_sub(self.machine.tod_now()) >> 12);
        if left.is_none_or(|micros| micros > IDLE) {
            self.machine.forget_decoded(IDLE_CODE);
        }
        self.wake = match wake {
            None => Wake::Never,
            Some(tod) => {
                let left = tod.saturating_sub(self.machine.tod_now()) >> 12;
                let left = i64::try_from(left).unwrap_or(i64::MAX);
                Wake::At(self.clock.micros().saturating_add(left), tod)
            }
        };
    }

    /// Lines that the program has written on its consoles.
    pub fn take_output(&mut self) -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = self
            .devices
            .take_console_output()
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        out.extend(self.machine.sclp.take_output());
        out
    }

    /// A line typed at the console: for the 3215 when the program uses it, else for the service
    /// processor's console when the program listens there.
    pub fn typed(&mut self, console: Option<u16>, line: &[u8]) {
        self.wake = Wake::Runs;
        let channels = &self.machine.channels;
        let uses = console.is_some_and(|n| channels.by_device(n).is_some_and(|s| s.pmcw.enabled));
        if !uses && self.machine.sclp.input(line) {
            return;
        }
        if let Some(number) = console {
            self.devices.console_input(number, line);
            self.service();
        }
    }

    /// A line for the service processor's console; false when the program does not listen.
    pub fn service_input(&mut self, line: &[u8]) -> bool {
        self.wake = Wake::Runs;
        self.machine.sclp.input(line)
    }

    /// The attention key of the console.
    pub fn attention(&mut self) {
        self.wake = Wake::Runs;
        let numbers: Vec<u16> = self.devices.list().map(|(n, _)| n).collect();
        for number in numbers {
            if self.devices.console_attention(number) {
                self.service();
                return;
            }
        }
    }

    /// Whether something can be loaded from a device.
    pub fn can_ipl(&mut self, vdev: u16) -> Result<(), IplError> {
        use crate::machine::channel::DeviceMap;
        let Some(device) = self.devices.device(vdev) else {
            return Err(IplError::NoDevice(vdev));
        };
        device.reset();
        match device.ready() {
            true => Ok(()),
            false => Err(IplError::NotReady(vdev)),
        }
    }

    /// Sets what READ SCP INFO shows as the load parameter, at most 8 characters.
    pub fn set_load_parameter(&mut self, text: &[u8]) {
        let field = ebcdic_field(text, 8);
        let field = field.try_into().unwrap_or([0x40; 8]);
        self.machine.sclp.set_load_parameter(field);
    }

    /// Loads from a device and starts.
    pub fn ipl(
        &mut self,
        vdev: u16,
        clearing: Clearing,
        parm: Option<&[u8]>,
    ) -> Result<(), IplError> {
        self.reset(clearing).map_err(|_| IplError::NotReady(vdev))?;
        self.devices
            .load(&mut self.machine.channels, &mut self.machine.storage, vdev)?;
        let mut image = [0; 8];
        self.machine
            .storage
            .read(0, &mut image)
            .map_err(|_| IplError::BadPsw(vdev))?;
        let psw = Psw::from_short(u64::from_be_bytes(image), false);
        if !psw.valid() {
            return Err(IplError::BadPsw(vdev));
        }
        let cpu = &mut self.machine.cpus[0];
        cpu.load_psw(psw);
        if let Some(parm) = parm {
            put_parm(cpu, 0, 15, parm);
        }
        self.machine.request(Request::Start(0));
        Ok(())
    }
}

fn auto_return(on: bool) -> AutoReturn {
    match on {
        true => AutoReturn::On,
        false => AutoReturn::Off,
    }
}

/// A PSW as CP shows it.
pub fn psw_text(psw: &Psw) -> String {
    if !psw.zarch {
        let image = psw.short();
        return format!("{:08X} {:08X}", image >> 32, image & 0xFFFF_FFFF);
    }
    let (mask, address) = psw.long();
    let low = 0xFFFF_FFFF;
    format!(
        "{:08X} {:08X} {:08X} {:08X}",
        mask >> 32,
        mask & low,
        address >> 32,
        address & low
    )
}

/// The PARM string in EBCDIC, four characters a register, zeros behind it.
fn put_parm(cpu: &mut Cpu, first: u8, last: u8, parm: &[u8]) {
    let mut text = host_to_ebcdic(parm);
    text.resize(usize::from(last - first + 1) * 4, 0);
    for (r, four) in (first..).zip(text.chunks_exact(4)) {
        cpu.set_gr32(r, u32::from_be_bytes([four[0], four[1], four[2], four[3]]));
    }
}
