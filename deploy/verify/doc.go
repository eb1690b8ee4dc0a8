// Package verify holds the manifests of deploy/kubernetes against the real API
// types, and runs the pods of a rendered soak as processes of this machine: make
// verify-deploy. It is a module of its own, so that nobody else gets its
// dependencies.
package verify
