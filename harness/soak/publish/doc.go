// Package publish makes of a merged soak what people and other programs look at:
//
//   - [Report.HTML]: one page, complete in itself, that asks nothing of the network;
//     porcupine's pictures are in it;
//   - [Report.Markdown]: a summary that fits into a comment on a pull request;
//   - [Report.JUnit]: a test case for each scenario and property;
//   - [Report.Ginkgo]: the same as ginkgo --json-report writes it;
//   - [Report.Annotations]: what GitHub's runner shows beside the sources;
//   - [JSON]: the merged soak as it is, for programs;
//   - [Trace]: one finding as a Chrome trace (package picture/trace).
//
// # What comes from outside
//
// Names of tasks, texts of errors, values of panics and the files themselves are
// not to be trusted: a report is read from directories that other machines wrote.
// [Of] is the one door. What has come through it is valid UTF-8 without control
// characters and without characters that change the direction of writing (each is
// shown as itself, "⟨U+202E⟩"), is cut to a size, and refers to nothing that is
// not there. Of porcupine's pictures come data only: the page that draws them is that
// of this program. What the formats themselves ask for (escaping) is left to each of
// them. [JSON] alone does not go through it: it is the files' content.
//
// # What is not there
//
// A shard that is missing, did not come to its end or cannot be read makes no
// report fail. It is named in [Report.Problems], and a report that would have held
// is inconclusive then: nobody knows what the rest would have shown. A failure
// that the shards counted, and whose file is lost, counts as what it was.
package publish
