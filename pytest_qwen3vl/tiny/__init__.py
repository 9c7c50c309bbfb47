"""The embedded checkpoint, and the program that draws its data and trains it.

Importing this package imports nothing heavy; it knows neither pytest nor the cases that are shipped.
"""
