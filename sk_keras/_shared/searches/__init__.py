"""Which fit of a search a fit is, and what searches leave behind."""
