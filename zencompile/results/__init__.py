"""Looking at what runs left in an artifact store.

The store is the truth; the SQL index is a copy of what is asked for often, and can be rebuilt at any time.
"""
