"""A demonstration from outside: it knows the product by its command, its HTTP and its snippet."""
