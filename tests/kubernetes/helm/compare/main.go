// Program compare says whether two files of Kubernetes manifests hold the same objects, in whatever
// order and form of YAML. It prints each difference by object and field. Test-only.
package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"
)

type object = map[string]any

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
}

func text(value any, keys ...string) string {
	for _, key := range keys {
		member, _ := value.(object)
		value = member[key]
	}
	found, _ := value.(string)
	return found
}

// read gives the objects of a file by their names. A ConfigMap's *.yaml is compared as what it says.
func read(path string) map[string]any {
	bytes, err := os.ReadFile(path)
	fail(err)
	found := map[string]any{}
	for _, document := range strings.Split("\n"+string(bytes), "\n---\n") {
		var one object
		fail(yaml.Unmarshal([]byte(document), &one))
		if len(one) == 0 {
			continue
		}
		name := fmt.Sprintf("%s %s/%s", text(one, "kind"), text(one, "metadata", "namespace"), text(one, "metadata", "name"))
		if _, twice := found[name]; twice {
			fail(fmt.Errorf("%s: %s is there twice", path, name))
		}
		if data, _ := one["data"].(object); text(one, "kind") == "ConfigMap" {
			for key, value := range data {
				if strings.HasSuffix(key, ".yaml") {
					var inner any
					fail(yaml.Unmarshal([]byte(value.(string)), &inner))
					data[key] = inner
				}
			}
		}
		found[name] = one
	}
	if len(found) == 0 {
		fail(fmt.Errorf("%s: no object", path))
	}
	return found
}

func keys(maps ...map[string]any) []string {
	all := map[string]any{}
	for _, one := range maps {
		for key := range one {
			all[key] = nil
		}
	}
	sorted := make([]string, 0, len(all))
	for key := range all {
		sorted = append(sorted, key)
	}
	sort.Strings(sorted)
	return sorted
}

// differ prints what is different below path, and returns how much that is.
func differ(path string, left, right any) int {
	if reflect.DeepEqual(left, right) {
		return 0
	}
	a, isMap := left.(map[string]any)
	b, bothMaps := right.(map[string]any)
	if isMap && bothMaps {
		count := 0
		for _, key := range keys(a, b) {
			count += differ(path+"."+key, a[key], b[key])
		}
		return count
	}
	c, isList := left.([]any)
	d, bothLists := right.([]any)
	if isList && bothLists && len(c) == len(d) {
		count := 0
		for i := range c {
			count += differ(fmt.Sprintf("%s[%d]", path, i), c[i], d[i])
		}
		return count
	}
	fmt.Printf("%s: %v | %v\n", path, left, right)
	return 1
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compare FILE FILE")
		os.Exit(2)
	}
	left, right := read(os.Args[1]), read(os.Args[2])
	count := 0
	for _, name := range keys(left, right) {
		count += differ(name, left[name], right[name])
	}
	fmt.Printf("%d and %d objects, %d differences\n", len(left), len(right), count)
	if count > 0 {
		os.Exit(1)
	}
}
