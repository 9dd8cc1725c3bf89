package api

// Table is the table of calls, for tests.
func (a *API) Table() []route { return a.routes() }
