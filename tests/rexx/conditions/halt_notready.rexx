/* Traps that may be set for conditions that do not come up here. */

signal on halt; signal on notready; signal on failure; signal on error
signal off halt; signal off notready; signal off failure; signal off error
call on halt; call on notready name other; call on failure; call on error name 'Any'
call off halt; call off notready; call off failure; call off error
say 'ok'                                 /* expect: ok */

signal on syntax name 'SYNTAX'; x = 1 / 0
syntax: say 'a string names the label'   /* expect: a string names the label */

signal on syntax name 3x; x = 1 / 0
3x: say 'a constant symbol is a label'   /* expect: a constant symbol is a label */
