/* PARSE NUMERIC: the numeric settings (CMS). */
/* level: cms */
/* regina: has no PARSE NUMERIC */

parse numeric p q r; say p q r           /* expect: 9 0 SCIENTIFIC */
numeric digits 20; numeric fuzz 2; numeric form engineering
parse numeric p q r; say p q r           /* expect: 20 2 ENGINEERING */
