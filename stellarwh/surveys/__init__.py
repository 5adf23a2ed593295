"""The surveys: a description of the files of each, and what is known of all."""
