"""Uses the generated client: python example.py http://localhost:8080 PHOTOGRAPH OTHER_FILE"""

import sys

from resnet_serving import ApiClient, ApiException, Configuration, ImagesApi, ModelsApi, Problem

host, photograph, other = sys.argv[1:]
client = ApiClient(Configuration(host=host))
images = ImagesApi(client)
form = {"_content_type": "multipart/form-data"}  # else the client would send JSON

answer = images.classify(image=[photograph], top_k=1, **form)
print("one file:", answer.results[0].predictions[0].label)

answer = images.classify(image=[photograph, other, photograph], **form)
print(
    "many files:",
    ", ".join(r.error.type if r.error else r.predictions[0].label for r in answer.results),
)

features = images.features(image=[photograph], **form).results[0].features
print("features:", len(features.values), "numbers of", features.layer)

models = ModelsApi(client)
for wrong in (lambda: images.classify(image=[other], **form), lambda: models.classes("none")):
    try:
        wrong()
    except ApiException as e:
        problem = Problem.from_json(e.body)
        print(f"error: {problem.status} {problem.type}, {problem.title}: {problem.detail}")

for model in models.models().models:
    print("model:", model.name, model.versions[-1].state)
