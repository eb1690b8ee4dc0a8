package cardreader

import (
	"strconv"
	"strings"
)

// Validate reports what cannot be true, as a [*PayloadError]: a battery outside 0
// to 100, no serial number, a firmware version other than three numbers.
func (i DeviceInfo) Validate() error {
	switch {
	case i.Battery < 0 || i.Battery > 100:
		return &PayloadError{Field: "battery", Value: strconv.Itoa(i.Battery)}
	case i.Serial == "":
		return &PayloadError{Field: "serial", Value: i.Serial}
	case !isVersion(i.Firmware):
		return &PayloadError{Field: "firmware", Value: i.Firmware}
	}
	return nil
}

func isVersion(s string) bool {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if _, err := strconv.ParseUint(part, 10, 32); err != nil {
			return false
		}
	}
	return len(parts) == 3
}
