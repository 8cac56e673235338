// Uses the generated client: example http://localhost:8080 PHOTOGRAPH OTHER_FILE
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	resnet "example/resnetserving"
)

func main() {
	host, photograph, other := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()
	configuration := resnet.NewConfiguration()
	configuration.Servers = resnet.ServerConfigurations{{URL: host}}
	client := resnet.NewAPIClient(configuration)

	one, _, err := client.ImagesAPI.Classify(ctx).Image(open(photograph)).TopK(1).Execute()
	check(err)
	fmt.Println("one file:", label(one.Results[0]))

	many, _, err := client.ImagesAPI.Classify(ctx).Image(open(photograph, other, photograph)).Execute()
	check(err)
	var labels []string
	for _, result := range many.Results {
		labels = append(labels, label(result))
	}
	fmt.Println("many files:", strings.Join(labels, ", "))

	features, _, err := client.ImagesAPI.Features(ctx).Image(open(photograph)).Execute()
	check(err)
	array := features.Results[0].GetFeatures()
	fmt.Println("features:", len(array.Values), "numbers of", array.Layer)

	_, _, err = client.ImagesAPI.Classify(ctx).Image(open(other)).Execute()
	tell(err)
	_, _, err = client.ModelsAPI.Classes(ctx, "none").Execute()
	tell(err)

	models, _, err := client.ModelsAPI.Models(ctx).Execute()
	check(err)
	for _, model := range models.Models {
		fmt.Println("model:", model.Name, model.Versions[len(model.Versions)-1].State)
	}
}

// open opens files for one request, which closes them.
func open(paths ...string) []*os.File {
	var files []*os.File
	for _, path := range paths {
		file, err := os.Open(path)
		check(err)
		files = append(files, file)
	}
	return files
}

func label(result resnet.Classification) string {
	if problem := result.Error.Get(); problem != nil {
		return problem.Type
	}
	return result.Predictions[0].Label
}

// tell prints what the service says of a request that failed.
func tell(err error) {
	var failure *resnet.GenericOpenAPIError
	if !errors.As(err, &failure) {
		panic(err)
	}
	problem := failure.Model().(resnet.Problem)
	fmt.Printf("error: %d %s, %s: %s\n", problem.Status, problem.Type, problem.Title, problem.Detail)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
