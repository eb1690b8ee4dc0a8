package publish

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// packed is the value as JSON, compressed and in letters: a browser reads a page of
// letters faster than the elements and objects that they stand for, and unpacks what
// somebody looks at.
func packed(value any) (string, error) {
	var out bytes.Buffer
	letters := base64.NewEncoder(base64.StdEncoding, &out)
	press, err := flate.NewWriter(letters, flate.DefaultCompression)
	if err == nil {
		err = errors.Join(json.NewEncoder(press).Encode(value), press.Close(), letters.Close())
	}
	if err != nil {
		return "", fmt.Errorf("publish: page: %w", err)
	}
	return out.String(), nil
}
