package peer;

import ai.djl.Application;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.CenterCrop;
import ai.djl.modality.cv.transform.Normalize;
import ai.djl.modality.cv.transform.Resize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** DJL as its guides show it: an image factory, a translator, a pool of predictors. */
@SpringBootApplication
@RestController
public class SpringDjl {

  private final BlockingQueue<Predictor<Image, Classifications>> predictors;

  public SpringDjl() throws Exception {
    ZooModel<Image, Classifications> model =
        Criteria.builder()
            .setTypes(Image.class, Classifications.class)
            .optApplication(Application.CV.IMAGE_CLASSIFICATION)
            .optModelPath(Path.of(System.getProperty("model")))
            .optEngine("PyTorch")
            .optTranslator(
                ImageClassificationTranslator.builder()
                    .addTransform(new Resize(256, 256))
                    .addTransform(new CenterCrop(224, 224))
                    .addTransform(new ToTensor())
                    .addTransform(
                        new Normalize(
                            new float[] {0.485f, 0.456f, 0.406f},
                            new float[] {0.229f, 0.224f, 0.225f}))
                    .optSynset(IntStream.range(0, 1000).mapToObj(i -> "class_" + i).toList())
                    .optApplySoftmax(true)
                    .build())
            .build()
            .loadModel();
    int count = Runtime.getRuntime().availableProcessors();
    predictors = new ArrayBlockingQueue<>(count);
    for (int i = 0; i < count; i++) {
      predictors.add(model.newPredictor());
    }
  }

  /** Takes an image as the body. */
  @PostMapping(value = "/classify", consumes = "image/*")
  public List<String> classify(@RequestBody byte[] body) throws Exception {
    Image image = ImageFactory.getInstance().fromInputStream(new ByteArrayInputStream(body));
    Predictor<Image, Classifications> predictor = predictors.take();
    try {
      return predictor.predict(image).topK(5).stream().map(Object::toString).toList();
    } finally {
      predictors.add(predictor);
    }
  }

  public static void main(String[] args) {
    SpringApplication.run(SpringDjl.class, args);
  }
}
