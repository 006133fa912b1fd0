"""Persons as other slices see them: nothing; whoever notes a person holds an id and what is sealed for it."""
