//go:build race

package litmus

const detecting = true
