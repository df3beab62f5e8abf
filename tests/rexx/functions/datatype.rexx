/* DATATYPE: what a string may be taken as. */

say datatype(' 12 ')                     /* expect: NUM */
say datatype('')                         /* expect: CHAR */
say datatype('123*')                     /* expect: CHAR */
say datatype('12.3')                     /* expect: NUM */
say datatype('.')                        /* expect: CHAR */
say datatype('1.')                       /* expect: NUM */
say datatype('.1')                       /* expect: NUM */
say datatype('1e3')                      /* expect: NUM */
say datatype('1e')                       /* expect: CHAR */
say datatype('1e+')                      /* expect: CHAR */
say datatype('1e 3')                     /* expect: CHAR */
say datatype('- 3')                      /* expect: NUM */
say datatype('+ 3')                      /* expect: NUM */
say datatype('--3')                      /* expect: CHAR */
say datatype('1 2')                      /* expect: CHAR */
say datatype(' ')                        /* expect: CHAR */
say datatype('+')                        /* expect: CHAR */
say datatype('1,000')                    /* expect: CHAR */
say datatype('1e1234567890')             /* expect: CHAR */
say datatype('1e999999999')              /* expect: NUM */
say datatype('10e999999999')             /* expect: CHAR */
say datatype('1e-999999999')             /* expect: NUM */

say datatype('12.3', 'N')                /* expect: 1 */
say datatype('12.3', 'W')                /* expect: 0 */
say datatype('12.0', 'W')                /* expect: 1 */
say datatype('12', 'W')                  /* expect: 1 */
say datatype('1e3', 'W')                 /* expect: 1 */
say datatype('1e9', 'W')                 /* expect: 0 */
say datatype('123456789', 'W')           /* expect: 1 */
say datatype('1234567890', 'W')          /* expect: 0 */
say datatype('-0', 'W')                  /* expect: 1 */
say datatype('', 'W')                    /* expect: 0 */
say datatype('abc', 'W')                 /* expect: 0 */
say datatype('', 'N')                    /* expect: 0 */

say datatype('Fred', 'M')                /* expect: 1 */
say datatype('Fred1', 'M')               /* expect: 0 */
say datatype('', 'M')                    /* expect: 0 */
say datatype('Minx', 'L')                /* expect: 0 */
say datatype('minx', 'lower')            /* expect: 1 */
say datatype('MINX', 'u')                /* expect: 1 */
say datatype('minx', 'u')                /* expect: 0 */
say datatype('', 'u')                    /* expect: 0 */
say datatype('Fred1', 'A')               /* expect: 1 */
say datatype('Fred 1', 'A')              /* expect: 0 */
say datatype('', 'A')                    /* expect: 0 */

say datatype('1011 0101', 'B')           /* expect: 1 */
say datatype('101 0101', 'B')            /* expect: 1 */
say datatype('1011 010', 'B')            /* expect: 0 */
say datatype('102', 'B')                 /* expect: 0 */
say datatype('', 'B')                    /* expect: 1 */
say datatype(' 1', 'B')                  /* expect: 0 */
say datatype('1 ', 'B')                  /* expect: 0 */
say datatype('BCd3', 'X')                /* expect: 1 */
say datatype('BC d3', 'X')               /* expect: 1 */
say datatype('B Cd3', 'X')               /* expect: 0 */
say datatype('C d3', 'X')                /* expect: 1 */
say datatype('', 'X')                    /* expect: 1 */
say datatype('g', 'X')                   /* expect: 0 */
say datatype(' 1', 'X')                  /* expect: 0 */

say datatype('a.b', 'S')                 /* expect: 1 */
say datatype('3d', 'Symbol')             /* expect: 1 */
say datatype('a b', 'S')                 /* expect: 0 */
say datatype('a*b', 'S')                 /* expect: 0 */
say datatype('', 'S')                    /* expect: 0 */
say datatype('?!_', 'S')                 /* expect: 1 */

say datatype()                           /* expect error: 40.3 */
say datatype('a', 'N', 1)                /* expect error: 40.4 */
say datatype(, 'N')                      /* expect error: 40.5 */
say datatype('a', 'Z')                   /* expect error: 40.28 */
say datatype('a', '')                    /* expect error: 40.21 */

numeric digits 3
say datatype(1234, 'W') datatype('1e3', 'W') datatype(999, 'W') datatype('1.000', 'W') /* expect: 0 0 1 1 */
say datatype('1.0001', 'W')              /* expect: 0 */
