/* Comparison of numbers: by value, with DIGITS and FUZZ. */

say (1 = 1.0) (01 = 1) (' 1 ' = 1) ('1e0' = 1) /* expect: 1 1 1 1 */
say ('-0' = 0) ('+5' = 5) ('- 5' = -5)   /* expect: 1 1 1 */
say (10 > 9) ('10' > '9') (-1 < 0)       /* expect: 1 1 1 */
say (1.5 >= 1.50) (1.5 <= 1.50) (1.5 \= 1.50) /* expect: 1 1 0 */
say ('  12 ' = 12) ('12x' = 12)          /* expect: 1 0 */
say (1e3 = 1000) (1e3 == 1000)           /* expect: 1 0 */
say (1234567890 = 1234567891)            /* expect: 1 */
say (1234567890 = 1234567900)            /* expect: 0 */
say (12345678901 = 12345678902)          /* expect: 1 */
say (1e100 > 1e99) (1e-100 < 1e-99)      /* expect: 1 1 */
say ('' = 0) (' ' = 0) ('.' = 0)         /* expect: 0 0 0 */
say (0 = 0.000) (0e5 = 0)                /* expect: 1 1 */

numeric digits 5
say (123456 = 123457) (12345 = 12346)    /* expect: 1 0 */
say (1.00001 = 1) (1.0001 = 1)           /* expect: 1 0 */

numeric digits 5; numeric fuzz 1
say (4.9999 = 5) (4.9999 < 5)            /* expect: 1 0 */
say (4.9994 = 5) (4.9989 < 5)            /* expect: 1 1 */

numeric digits 5; numeric fuzz 0
say (4.9999 = 5) (4.9999 < 5)            /* expect: 0 1 */
