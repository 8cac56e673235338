package io.github.resnetserving.similarity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/** Asks Lucene's graph of neighbours, which lies in a folder. */
final class HnswNeighbours implements Neighbours {

  private static final String VECTOR = "vector";
  private static final String ROW = "row";

  /** Of candidates that a search keeps: more find more of the true neighbours. */
  private static final int LEAST_CANDIDATES = 64;

  private static final double BUFFER_MB = 256;

  private final Directory directory;
  private final DirectoryReader reader;
  private final IndexSearcher searcher;
  private final Optional<Path> temporary;

  private HnswNeighbours(Path folder, boolean isTemporary) throws IOException {
    this.directory = FSDirectory.open(folder);
    this.reader = DirectoryReader.open(directory);
    this.searcher = new IndexSearcher(reader);
    this.temporary = isTemporary ? Optional.of(folder) : Optional.empty();
  }

  /** Opens what {@link #write} wrote. */
  static HnswNeighbours open(Path folder) throws IOException {
    return new HnswNeighbours(folder, /* isTemporary= */ false);
  }

  /** A graph that is deleted when it is closed. */
  static HnswNeighbours temporary(float[][] rows) throws IOException {
    Path folder = Files.createTempDirectory("resnet-neighbours");
    write(folder, rows);
    return new HnswNeighbours(folder, /* isTemporary= */ true);
  }

  /**
   * Writes a graph into a folder; one that is there is replaced.
   *
   * @param rows of unit length
   */
  static void write(Path folder, float[][] rows) throws IOException {
    IndexWriterConfig settings =
        new IndexWriterConfig()
            .setCodec(codec())
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
            .setRAMBufferSizeMB(BUFFER_MB);
    try (Directory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, settings)) {
      IntStream.range(0, rows.length).parallel().forEach(row -> add(writer, rows[row], row));
      writer.forceMerge(1);
    }
  }

  private static void add(IndexWriter writer, float[] vector, int row) {
    Document document = new Document();
    document.add(new StoredField(ROW, row));
    if (vector.length > 0 && isUnit(vector)) {
      document.add(new KnnFloatVectorField(VECTOR, vector, VectorSimilarityFunction.DOT_PRODUCT));
    }
    try {
      writer.addDocument(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A row of zeros is like no other. */
  private static boolean isUnit(float[] vector) {
    for (float value : vector) {
      if (value != 0) {
        return true;
      }
    }
    return false;
  }

  /** Lucene's own format, but for its limit of 1,024 numbers: ResNet-50 has 2,048 features. */
  private static Codec codec() {
    KnnVectorsFormat graph = new Lucene99HnswVectorsFormat();
    KnnVectorsFormat wide =
        new KnnVectorsFormat(graph.getName()) {
          @Override
          public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
            return graph.fieldsWriter(state);
          }

          @Override
          public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
            return graph.fieldsReader(state);
          }

          @Override
          public int getMaxDimensions(String field) {
            return 1 << 14;
          }
        };
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return wide;
      }
    };
  }

  @Override
  public List<Neighbour> nearest(float[] query, int most) throws IOException {
    return nearest(query, most, -2);
  }

  @Override
  public List<List<Neighbour>> nearest(float[][] queries, int most, double least)
      throws IOException {
    try {
      return IntStream.range(0, queries.length)
          .parallel()
          .mapToObj(i -> {
            try {
              return nearest(queries[i], most, least);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          })
          .toList();
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private List<Neighbour> nearest(float[] query, int most, double least) throws IOException {
    if (!isUnit(query)) {
      return List.of();
    }
    int candidates = Math.max(most, LEAST_CANDIDATES);
    var stored = searcher.storedFields();
    List<Neighbour> found = new ArrayList<>();
    for (ScoreDoc hit :
        searcher.search(new KnnFloatVectorQuery(VECTOR, query, candidates), candidates).scoreDocs) {
      double cosine = Math.min(1, 2.0 * hit.score - 1); // Lucene's score is (1 + cosine) / 2
      if (cosine >= least) {
        found.add(
            new Neighbour(
                stored.document(hit.doc).getField(ROW).numericValue().intValue(), cosine));
      }
    }
    found.sort(Neighbour.BEST_FIRST);
    return List.copyOf(found.subList(0, Math.min(most, found.size())));
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
    if (temporary.isPresent()) {
      List<Path> inside;
      try (Stream<Path> files = Files.list(temporary.get())) {
        inside = files.toList();
      }
      for (Path file : inside) {
        Files.delete(file);
      }
      Files.delete(temporary.get());
    }
  }
}
