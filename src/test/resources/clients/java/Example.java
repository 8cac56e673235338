import io.github.resnetserving.client.ApiClient;
import io.github.resnetserving.client.ApiException;
import io.github.resnetserving.client.api.ImagesApi;
import io.github.resnetserving.client.api.ImagesApi.APIClassifyRequest;
import io.github.resnetserving.client.api.ImagesApi.APIFeaturesRequest;
import io.github.resnetserving.client.api.ModelsApi;
import io.github.resnetserving.client.api.ModelsApi.APIClassesRequest;
import io.github.resnetserving.client.model.Classification;
import io.github.resnetserving.client.model.Classified;
import io.github.resnetserving.client.model.FeatureArray;
import io.github.resnetserving.client.model.Model;
import io.github.resnetserving.client.model.Problem;
import java.io.File;
import java.util.List;
import java.util.stream.Collectors;

/** Uses the generated client: java Example http://localhost:8080 PHOTOGRAPH OTHER_FILE. */
public final class Example {

  private Example() {}

  public static void main(String[] args) throws Exception {
    File photograph = new File(args[1]);
    File other = new File(args[2]);
    ApiClient client = new ApiClient();
    client.updateBaseUri(args[0]);
    ImagesApi images = new ImagesApi(client);

    Classified answer =
        images.classify(APIClassifyRequest.newBuilder().image(List.of(photograph)).topK(1).build());
    System.out.println("one file: " + label(answer.getResults().get(0)));

    answer =
        images.classify(
            APIClassifyRequest.newBuilder().image(List.of(photograph, other, photograph)).build());
    System.out.println(
        "many files: "
            + answer.getResults().stream().map(Example::label).collect(Collectors.joining(", ")));

    FeatureArray features =
        images
            .features(APIFeaturesRequest.newBuilder().image(List.of(photograph)).build())
            .getResults()
            .get(0)
            .getFeatures();
    System.out.println(
        "features: %d numbers of %s".formatted(features.getValues().size(), features.getLayer()));

    try {
      images.classify(APIClassifyRequest.newBuilder().image(List.of(other)).build());
    } catch (ApiException e) {
      tell(e);
    }
    ModelsApi models = new ModelsApi(client);
    try {
      models.classes(APIClassesRequest.newBuilder().name("none").build());
    } catch (ApiException e) {
      tell(e);
    }

    for (Model model : models.models().getModels()) {
      System.out.println(
          "model: %s %s"
              .formatted(model.getName(), model.getVersions().getLast().getState().getValue()));
    }
  }

  private static void tell(ApiException e) throws Exception {
    Problem problem =
        ApiClient.createDefaultObjectMapper().readValue(e.getResponseBody(), Problem.class);
    System.out.println(
        "error: %d %s, %s: %s"
            .formatted(
                problem.getStatus(), problem.getType(), problem.getTitle(), problem.getDetail()));
  }

  private static String label(Classification result) {
    return result.getError() == null
        ? result.getPredictions().get(0).getLabel()
        : result.getError().getType();
  }
}
