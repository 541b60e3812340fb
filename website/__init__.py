"""The site of the documentation: what mkdocs.yml cannot say, and pages that are made of the program."""
