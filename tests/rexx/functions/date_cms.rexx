/* DATE of CMS: C and J besides the standard's options. */
/* regina: DATE of CMS has C (days of the century) and J (Julian); Regina counts C otherwise and has I, T and others */

today = date('S')
say (date('J') == substr(today, 3, 2)right(date('D'), 3, 0)) /* expect: 1 */
say (date('C') == date('B') - date('B', left(today, 2)'000101', 'S') + 1) /* expect: 1 */
