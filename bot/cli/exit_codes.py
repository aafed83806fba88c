"""Exit codes of the program.

`PROBLEMS`: the command check found some. `UNUSABLE`: command line, settings or corpus.
`FAULT`: of this program (EX_SOFTWARE). `INTERRUPTED`, `TERMINATED`: 128 + the signal's number.
"""

OK, PROBLEMS, UNUSABLE, FAULT, INTERRUPTED, TERMINATED = 0, 1, 2, 70, 130, 143
