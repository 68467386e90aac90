"""A made-up seller: files as Amazon and the seller would write them, night by night, and the truth about them."""
