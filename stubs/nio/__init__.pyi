# What we use of matrix-nio, which ships no types; see the modules beside this one.
