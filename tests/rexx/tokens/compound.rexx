/* Compound names: the tail's parts are values, used as they are. */

j = 3; k = 'x y'; a.3 = 'three'; a.k = 'blank'
say a.3 a.j a.k                          /* expect: three three blank */
drop x.; i = 'lower'; say x.i            /* expect: X.lower */
i = '01'; x.01 = 'a'; say x.i x.1        /* expect: a X.1 */
i = 1; x.1 = 'one'; say x.i x.01         /* expect: one a */
i = ''; x.i = 'empty'; say x. x.i        /* expect: X. empty */
i = 'A.B'; j = 'A'; k = 'B'; y.i = 'dot'; say y.j.k /* expect: dot */
drop j k; say y.j.k                      /* expect: Y.J.K */
z. = 0; say z.1 z.any                    /* expect: 0 0 */
z.1 = 5; say z.1 z.2                     /* expect: 5 0 */
z. = 'new'; say z.1                      /* expect: new */
drop z.1; say z.1 z.2                    /* expect: Z.1 new */
drop z.; say z.1 z.2 z.                  /* expect: Z.1 Z.2 Z. */
m.. = 'p'; say m.. m.                    /* expect: p M. */
n.1.2.3 = 'q'; i = 2; say n.1.i.3        /* expect: q */
s.0 = 0; s.5x = 'f'; say s.5X            /* expect: f */
q. = 'd'; i = 7; q.i = i + 1; say q.7 q.8 /* expect: 8 d */
c.1 = 2; c.2 = 3; i = 1; i = c.i; say c.i /* expect: 3 */
w = 'W.'; say w.w                        /* expect: W.W. */
