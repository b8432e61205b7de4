"""Vedette without a screen: everything the product does, and the `vedette` command line. Never imports Qt."""
