#!/usr/bin/env rexx
/* A first line for the host's shell is none of the program's. */
say 'ok' sourceline()                    /* expect: ok 3 */
