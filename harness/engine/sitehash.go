package engine

import (
	"sync/atomic"

	"github.com/squall-go/squall/faults"
)

// siteHashes caches the hash of each site's name by the site's id.
var siteHashes atomic.Pointer[[]uint64]

// SiteHash is the hash of the failpoint's full name.
func SiteHash(s *faults.Site) uint64 {
	id := s.ID()
	if cached := siteHashes.Load(); cached != nil && id >= 0 && id < len(*cached) {
		return (*cached)[id]
	}
	if id >= 0 {
		sites := faults.Sites()
		fresh := make([]uint64, len(sites))
		for i, site := range sites {
			fresh[i] = HashString(site.String())
		}
		siteHashes.Store(&fresh)
		return fresh[id]
	}
	return HashString(s.String())
}
