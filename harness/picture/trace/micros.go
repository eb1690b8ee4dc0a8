package trace

import (
	"fmt"
	"math"
	"strconv"
)

// micros are nanoseconds, written as microseconds without a loss.
type micros int64

// MarshalJSON writes 1234 as 1.234. Importers read that as a floating-point number
// and multiply it by 1000 again; some cut off what is behind the point then, and
// 4.035 is 4034 ns to them: slices that touched overlap. Such a number is written
// as the next larger ones, 4.0350000000000001, until what comes out is right.
func (m micros) MarshalJSON() ([]byte, error) {
	text := fmt.Sprintf("%d.%03d", int64(m)/1000, int64(m)%1000)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	if int64(f*1000) == int64(m) {
		return []byte(text), nil
	}
	for int64(f*1000) < int64(m) {
		f = math.Nextafter(f, math.Inf(1))
	}
	return strconv.AppendFloat(nil, f, 'f', -1, 64), nil
}
