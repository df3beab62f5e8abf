/* Operators of several characters may have blanks and comments inside; every not sign is one. */

say (5 > = 3) (5 < = 3) (5 \ = 5) (5 = = 5) (5 / / 3) (2 * * 3) /* expect: 1 0 0 1 2 8 */
say ('a' | | 'b') (1 & & 0)              /* expect: ab 1 */
say (1 > /* x */ = 1)                    /* expect: 1 */
say (3 \= 4) (3 ^= 4) (3 <> 4) (3 >< 4)  /* expect: 1 1 1 1 */
say (\1) (^0) (\ \ 1)                    /* expect: 0 1 1 */
say (3 \> 4) (3 \< 4) (3 ^> 4) (3 ^< 4)  /* expect: 1 0 1 0 */
say (3 \== 3) (3 ^== 4) ('a' \>> 'b') ('a' \<< 'b') /* expect: 0 1 1 0 */
say ('a' >>= 'b') ('a' <<= 'b') ('b' >> 'a') ('b' << 'a') /* expect: 0 1 1 0 */
say -3 +3 - -3 + +3                      /* expect: 6 */
say 7//2*3                               /* expect: 3 */
say 2+3/*c*/*4                           /* expect: 14 */

say 3 ! 4                                /* expect: 3 ! 4 */

say 3 : 4                                /* expect error: 35.1 */
say 3 => 4                               /* expect error: 35.1 */
say 3 =< 4                               /* expect error: 35.1 */

say (1 \ = = 1) ('a' > > 'b')            /* expect: 0 0 */

say --3 -+3 +-3 ++3 - - 3                /* expect: 3 */

say 2--3 2---3 2-+3                      /* expect: 5 -1 -1 */

/* regina: reads bytes, so a not sign in UTF-8 is two characters */
say (3 ¬= 4) (¬0) (3 ¬> 4) (3 ¬== 3)     /* expect: 1 1 1 0 */

/* level: cms */
/* regina: has no /= and /== */
say (3 /= 4) (3 /= 3) (3 /== 3.0)        /* expect: 1 0 1 */
