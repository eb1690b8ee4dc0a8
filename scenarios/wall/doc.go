// Package wall is the scenarios of wall mode that need a real database. They are
// kept apart from package scenarios because the database, an embedded one, takes
// longer to compile than all the rest.
package wall
