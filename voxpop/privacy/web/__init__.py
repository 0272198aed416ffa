"""The pages on which somebody asks for what is his, or that it goes."""
