"""What every net is made of: what it reads, the truths it learns from, attention, and the net itself. Nothing here learns."""
