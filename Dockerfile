# squall and the suites of this project as test binaries with failpoints built in:
# no Go toolchain, no shell, nobody's root. See docs/soak.md.
#
#     docker build -t squall . && docker run --rm -v "$PWD/soak:/results" squall soak --binaries=/suites --out=/results --for=10m

FROM golang:1.26-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -o /out/squall ./cmd/squall && /out/squall build -o /out/suites ./suites/...

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/squall /squall
COPY --from=build /out/suites /suites
USER 65532:65532
ENTRYPOINT ["/squall"]
