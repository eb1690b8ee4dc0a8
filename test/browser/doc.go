// Package browser looks at the report of a soak as people do: in a real browser,
// Chromium or Chrome, driven by chromedp. Traces it loads into Chrome's trace viewer,
// which the Go toolchain has for go tool trace. It is a module of its own, so that nobody
// who imports Squall gets a browser's driver with it.
//
// SQUALL_SCREENSHOTS names a directory for pictures of the main views; without it
// they go to the test's own temporary directory. Without a browser the tests fail:
// .ci/browser installs one.
package browser
