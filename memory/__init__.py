"""The record of the bank in SQL, its vectors in Chroma, the duplicate check."""
