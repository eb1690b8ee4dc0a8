package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// longest is how many bytes of a name are kept; common file systems allow 255.
const longest = 120

// FolderName is the scenario's id as the name of one folder: no separator, no
// leading dot, different for different ids.
func FolderName(scenario string) string {
	name := url.QueryEscape(scenario)
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	if len(name) > longest {
		sum := sha256.Sum256([]byte(scenario))
		name = name[:longest] + "~" + hex.EncodeToString(sum[:6])
	}
	return name
}
