//go:build !race

package engine

const detecting = false
