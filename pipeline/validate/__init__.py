"""May this row be believed?"""
