package judge

import "slices"

// Filtered is p with only those findings that keep wants, for a control that
// has to be caught for the right reason.
func (p Property) Filtered(keep func(Finding) bool) Property {
	return property(p.ID, p.Title, p.Guarantee, func(v *view) []Finding {
		return slices.DeleteFunc(p.ask(v), func(f Finding) bool { return !keep(f) })
	})
}
