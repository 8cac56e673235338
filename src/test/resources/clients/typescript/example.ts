// Uses the generated client: node example.js http://localhost:8080 PHOTOGRAPH OTHER_FILE
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import {
  type Classification,
  Configuration,
  ImagesApi,
  ModelsApi,
  ProblemFromJSON,
  ResponseError,
} from "./resnet-serving";

const file = async (path: string) => new File([await readFile(path)], basename(path));
const label = (result: Classification) => result.error?.type ?? result.predictions?.[0].label;

async function tell(error: unknown) {
  if (!(error instanceof ResponseError)) throw error;
  const { status, type, title, detail } = ProblemFromJSON(await error.response.json());
  console.log(`error: ${status} ${type}, ${title}: ${detail}`);
}

async function main(basePath: string, photographPath: string, otherPath: string) {
  const [photograph, other] = [await file(photographPath), await file(otherPath)];
  const configuration = new Configuration({ basePath });
  const images = new ImagesApi(configuration);

  const one = await images.classify({ image: [photograph], topK: 1 });
  console.log(`one file: ${one.results?.map(label)}`);

  const many = await images.classify({ image: [photograph, other, photograph] });
  console.log(`many files: ${many.results?.map(label).join(", ")}`);

  const features = (await images.features({ image: [photograph] })).results?.[0].features;
  console.log(`features: ${features?.values?.length} numbers of ${features?.layer}`);

  const models = new ModelsApi(configuration);
  await images.classify({ image: [other] }).catch(tell);
  await models.classes({ name: "none" }).catch(tell);

  for (const model of (await models.models()).models ?? []) {
    console.log(`model: ${model.name} ${model.versions?.at(-1)?.state}`);
  }
}

const [basePath, photograph, other] = process.argv.slice(2);
main(basePath, photograph, other);
