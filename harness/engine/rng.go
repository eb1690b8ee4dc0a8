package engine

import "math/bits"

// Rand is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
// Generators, OOPSLA 2014): eight bytes of state, and the same numbers on
// every machine and in every Go version, which math/rand does not promise.
type Rand uint64

// Uint64 is the next number.
func (r *Rand) Uint64() uint64 {
	*r += 0x9e3779b97f4a7c15
	return Mix(uint64(*r))
}

// Below is a number in [0, n). The bias of the multiplication is below n/2^64.
func (r *Rand) Below(n int) int {
	return int((r.Uint64() >> 32) * uint64(n) >> 32)
}

// Log is a number in [lo, hi], lo > 0: every power of two between them is equally
// likely, and so are the numbers between two powers. In integers, because
// floating point rounds differently where multiply and add are fused.
func (r *Rand) Log(lo, hi uint64) uint64 {
	base := lo << r.Below(bits.Len64(hi/lo))
	return min(base+r.Uint64()%base, hi)
}

// Mix is SplitMix64's finalizer: a bijection of 64 bits that spreads every bit.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Fold adds x to the hash h.
func Fold(h, x uint64) uint64 { return Mix(h*0x9e3779b97f4a7c15 + x + 1) }

// HashString is FNV-1a, finished by Mix.
func HashString(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return Mix(h)
}
