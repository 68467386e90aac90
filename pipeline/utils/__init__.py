"""Small tools that know nothing of orders."""
