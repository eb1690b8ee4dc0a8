//go:build !race

package litmus

const detecting = false
