"""Each change of the tables, in order. `database.migrate` makes those that are missing.

To change a table: change `tables`, and add a file to `versions` that says how an older database
gets there. Never change a file that was released.
"""
