package verify

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// variants are the folders that somebody applies.
var variants = []string{"base", "report", "smoke", "object-store/soak", "object-store/report"}

// types are all the kinds that the manifests use.
var types = map[string]func() any{
	"v1 Namespace":                       func() any { return &corev1.Namespace{} },
	"v1 PersistentVolumeClaim":           func() any { return &corev1.PersistentVolumeClaim{} },
	"batch/v1 Job":                       func() any { return &batchv1.Job{} },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return &networkingv1.NetworkPolicy{} },
}

// render is what kubectl apply -k would send: the resources of a variant.
func render(t *testing.T, variant string) [][]byte {
	t.Helper()
	dir := filepath.Join("..", "kubernetes", variant)
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	var all [][]byte
	for _, r := range resources.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		all = append(all, text)
	}
	return all
}

// decode is the resource as the API's own type; a field that the type does not
// have is an error.
func decode(text []byte) (any, error) {
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(text, &meta); err != nil {
		return nil, err
	}
	made, ok := types[meta.APIVersion+" "+meta.Kind]
	if !ok {
		return nil, fmt.Errorf("%s %s is a kind that these manifests did not use; add it to types", meta.APIVersion, meta.Kind)
	}
	object := made()
	return object, yaml.UnmarshalStrict(text, object)
}

// jobs are the jobs of a variant.
func jobs(t *testing.T, variant string) (found []*batchv1.Job) {
	t.Helper()
	for _, text := range render(t, variant) {
		object, err := decode(text)
		if err != nil {
			t.Fatalf("%s: %v:\n%s", variant, err, text)
		}
		if job, ok := object.(*batchv1.Job); ok {
			found = append(found, job)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d jobs, want 1", variant, len(found))
	}
	return found
}

func TestEveryVariantIsOfTheAPIsTypes(t *testing.T) {
	for _, variant := range variants {
		t.Run(variant, func(t *testing.T) {
			for _, text := range render(t, variant) {
				if _, err := decode(text); err != nil {
					t.Errorf("%v:\n%s", err, text)
				}
			}
		})
	}
}

func TestAWrongManifestIsRefused(t *testing.T) {
	g := NewWithT(t)
	good := render(t, "base")
	job := good[len(good)-1]
	for what, change := range map[string][2]string{
		"a misspelt field":   {"backoffLimitPerIndex:", "backoffLimitPerindexes:"},
		"a number as a text": {"completions: 8", `completions: "8"`},
		"an unknown kind":    {"kind: Job", "kind: Jobb"},
		"a field too deep":   {"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: {a: b}"},
	} {
		found := false
		for _, text := range good {
			if !bytes.Contains(text, []byte(change[0])) {
				continue
			}
			found = true
			_, err := decode(bytes.Replace(text, []byte(change[0]), []byte(change[1]), 1))
			g.Expect(err).To(HaveOccurred(), what)
		}
		g.Expect(found).To(BeTrue(), "%s: %q is not in\n%s", what, change[0], job)
	}
}

// What pod security calls restricted, and more.
func TestPodsMayDoNothing(t *testing.T) {
	for _, variant := range variants {
		for _, job := range jobs(t, variant) {
			pod := job.Spec.Template.Spec
			t.Run(variant, func(t *testing.T) {
				g := NewWithT(t)
				g.Expect(pod.AutomountServiceAccountToken).To(HaveValue(BeFalse()))
				g.Expect(pod.RestartPolicy).To(Equal(corev1.RestartPolicyNever))
				g.Expect(pod.TerminationGracePeriodSeconds).To(HaveValue(BeEquivalentTo(30)))
				g.Expect(pod.HostNetwork || pod.HostPID || pod.HostIPC).To(BeFalse())
				g.Expect(pod.SecurityContext.RunAsNonRoot).To(HaveValue(BeTrue()))
				g.Expect(pod.SecurityContext.RunAsUser).To(HaveValue(BeNumerically(">", 0)))
				g.Expect(pod.SecurityContext.SeccompProfile.Type).To(Equal(corev1.SeccompProfileTypeRuntimeDefault))
				for _, c := range append(pod.InitContainers, pod.Containers...) {
					locked(g, c)
					mounted(g, pod, c)
				}
			})
		}
	}
}

func locked(g *WithT, c corev1.Container) {
	s := c.SecurityContext
	g.Expect(s).NotTo(BeNil(), c.Name)
	g.Expect(s.AllowPrivilegeEscalation).To(HaveValue(BeFalse()), c.Name)
	g.Expect(s.ReadOnlyRootFilesystem).To(HaveValue(BeTrue()), c.Name)
	g.Expect(s.Capabilities.Drop).To(ConsistOf(corev1.Capability("ALL")), c.Name)
	g.Expect(s.Capabilities.Add).To(BeEmpty(), c.Name)
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		limit, request := c.Resources.Limits[name], c.Resources.Requests[name]
		g.Expect(limit.IsZero()).To(BeFalse(), "%s: no limit of %s", c.Name, name)
		g.Expect(limit.Cmp(request)).To(BeNumerically(">=", 0), "%s: %s", c.Name, name)
	}
}

// mounted: every mount is of a volume, and there is a place for temporary files.
func mounted(g *WithT, pod corev1.PodSpec, c corev1.Container) {
	volumes := map[string]corev1.Volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
	}
	at := map[string]string{}
	for _, m := range c.VolumeMounts {
		g.Expect(volumes).To(HaveKey(m.Name), c.Name)
		at[m.MountPath] = m.Name
	}
	g.Expect(at).To(And(HaveKey("/tmp"), HaveKey("/results")), c.Name)
	g.Expect(volumes[at["/tmp"]].EmptyDir).NotTo(BeNil())
}

func TestJobsAreSharedOut(t *testing.T) {
	for _, variant := range []string{"base", "smoke", "object-store/soak"} {
		t.Run(variant, func(t *testing.T) {
			g := NewWithT(t)
			job := jobs(t, variant)[0]
			g.Expect(job.Spec.CompletionMode).To(HaveValue(Equal(batchv1.IndexedCompletion)))
			n := *job.Spec.Completions
			g.Expect(job.Spec.Parallelism).To(HaveValue(Equal(n)))
			c := job.Spec.Template.Spec.Containers[0]
			g.Expect(c.Args).To(ContainElements(
				fmt.Sprintf("--shard-index=$(JOB_COMPLETION_INDEX)/%d", n),
				"--out=/results/shard-$(JOB_COMPLETION_INDEX)", "--resume"))
			g.Expect(job.Spec.BackoffLimit).To(BeNil(), "backoffLimitPerIndex takes its place")
			g.Expect(job.Spec.BackoffLimitPerIndex).NotTo(BeNil())
			g.Expect(job.Spec.PodFailurePolicy.Rules).NotTo(BeEmpty())
			for _, rule := range job.Spec.PodFailurePolicy.Rules {
				if rule.OnExitCodes != nil {
					g.Expect(rule.OnExitCodes.ContainerName).To(HaveValue(Equal(c.Name)))
					g.Expect(rule.OnExitCodes.Values).NotTo(ContainElement(BeEquivalentTo(0)))
				}
			}
		})
	}
}

// A volume that is replaced must not keep its first source: a volume has one.
func TestAVolumeHasOneSource(t *testing.T) {
	for _, variant := range variants {
		for _, job := range jobs(t, variant) {
			for _, v := range job.Spec.Template.Spec.Volumes {
				NewWithT(t).Expect((v.EmptyDir != nil) != (v.PersistentVolumeClaim != nil)).To(BeTrue(), "%s: %s", variant, v.Name)
			}
		}
	}
}
