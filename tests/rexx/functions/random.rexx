/* RANDOM: whole numbers within a range; the same seed gives the same row. */

r = random()
say (r >= 0) (r <= 999) datatype(r, 'W') /* expect: 1 1 1 */
r = random(5, 8)
say (r >= 5) (r <= 8)                    /* expect: 1 1 */
say random(2, 2)                         /* expect: 2 */
say random(0)                            /* expect: 0 */
say random(7, 7, 1983)                   /* expect: 7 */
a = random(1, 100000, 42) random(1, 100000) random(1, 100000)
b = random(1, 100000, 42) random(1, 100000) random(1, 100000)
say (a == b)                             /* expect: 1 */
low = 0; high = 0; odd = 0
do 400; r = random(1, 6); if r = 1 then low = 1; if r = 6 then high = 1; if r < 1 | r > 6 then odd = 1; end
say low high odd                         /* expect: 1 1 0 */
r = random(, 3)
say (r <= 3)                             /* expect: 1 */
say (random(100000) <= 100000)           /* expect: 1 */
say (random(900000, 1000000) >= 900000)  /* expect: 1 */

say random(1, 2, 3, 4)                   /* expect error: 40.4 */
say random('x')                          /* expect error: 40.12 */
say random(1.5)                          /* expect error: 40.12 */
say random(-1)                           /* expect error: 40.13 */
say random(5, 1)                         /* expect error: 40.33 */
say random(100001)                       /* expect error: 40.31 */
say random(0, 100001)                    /* expect error: 40.32 */
say random(1, 2, -1)                     /* expect error: 40.13 */
say random(1, 2, 'x')                    /* expect error: 40.12 */
