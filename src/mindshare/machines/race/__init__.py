"""A race: simple rungs and nets learn within one budget, and what is worth its place becomes a ladder."""
