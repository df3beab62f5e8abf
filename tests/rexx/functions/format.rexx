/* FORMAT: a number rounded to DIGITS and laid out. */

say '['format('3', 4)']'                 /* expect: [   3] */
say '['format('1.73', 4, 0)']'           /* expect: [   2] */
say '['format('1.73', 4, 3)']'           /* expect: [   1.730] */
say '['format('-.76', 4, 1)']'           /* expect: [  -0.8] */
say '['format('3.03', 4)']'              /* expect: [   3.03] */
say '['format(' - 12.73', , 4)']'        /* expect: [-12.7300] */
say '['format(' - 12.73')']'             /* expect: [-12.73] */
say '['format('0.000')']'                /* expect: [0] */
say '['format('12345.73', , , 2, 2)']'   /* expect: [1.234573E+04] */
say '['format('12345.73', , 3, , 0)']'   /* expect: [1.235E+4] */
say '['format('1.234573', , 3, , 0)']'   /* expect: [1.235] */
say '['format('12345.73', , , 3, 6)']'   /* expect: [12345.73] */
say '['format('1234567e5', , 3, 0)']'    /* expect: [123456700000.000] */
say '['format('-0.5', , 0)']'            /* expect: [-1] */
say '['format('0.4', , 0)']'             /* expect: [0] */
say '['format('-0.4', , 0)']'            /* expect: [0] */
say '['format('-0.4', 3, 0)']'           /* expect: [  0] */
say '['format('99.95', , 1)']'           /* expect: [100.0] */
say '['format('9.5', 2, 0)']'            /* expect: [10] */
say '['format('0', 3, 2)']'              /* expect: [  0.00] */
say '['format('1e5')']'                  /* expect: [100000] */
say '['format('1e9')']'                  /* expect: [1E+9] */
say '['format('1e-7', , , 0)']'          /* expect: [0.0000001] */
say '['format(1234567.8915, , 2)']'      /* expect: [1234567.89] */
say '['format(12345678.915, , 2)']'      /* expect: [12345678.90] */
say '['format('.005', , 2)']'            /* expect: [0.01] */
say '['format('12.', 3)']'               /* expect: [ 12] */
say '['format('+5', 3)']'                /* expect: [  5] */
say '['format('1.5', 1, 3)']'            /* expect: [1.500] */
say '['format(1, , , 3, 0)']'            /* expect: [1     ] */
say '['format(12.3, , , 3, 0)']'         /* expect: [1.23E+001] */
say '['format(0.0123, , , 2, 0)']'       /* expect: [1.23E-02] */
say '['format(123.45, 3, 2, 2, 2)']'     /* expect: [  1.23E+02] */

numeric digits 4
say '['format(123456, , 2)']'            /* expect: [1.24E+5] */
say '['format(1.23456)']'                /* expect: [1.235] */

numeric digits 4
say '['format(12.34567, , 5)']'          /* expect: [12.35000] */
say '['format(99999)']'                  /* expect: [1.000E+5] */

numeric form engineering
say '['format('12345.73', , , 2, 2)']'   /* expect: [12.34573E+03] */
say '['format('123456.73', , , , 2)']'   /* expect: [123.45673E+3] */

say format()                             /* expect error: 40.3 */
say format(1, 1, 1, 1, 1, 1)             /* expect error: 40.4 */
say format('x')                          /* expect error: 40.11 */
say format('')                           /* expect error: 40.11 */
say format(1, 'x')                       /* expect error: 40.12 */
say format(1, -1)                        /* expect error: 40.13 */
say format(1, , 1.5)                     /* expect error: 40.12 */
say format(12, 1)                        /* expect error: 40.38 */
say format(-1, 1)                        /* expect error: 40.38 */
say format(9.9, 1, 0)                    /* expect error: 40.38 */
say format(12, 0)                        /* expect error: 40.38 */
say format('1e100', , , 1, 0)            /* expect error: 40.38 */
