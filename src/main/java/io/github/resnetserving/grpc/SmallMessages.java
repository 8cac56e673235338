package io.github.resnetserving.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.grpc.server.service.GrpcServiceConfigurer;
import org.springframework.grpc.server.service.GrpcServiceSpec;

/**
 * Has the messages of all services, health and reflection among them, be no longer than names need,
 * except those that a {@link LargeMessageMarshaller} reads: a generated class keeps each field of a
 * message that it does not know, at many times its size. Thread-safe.
 */
final class SmallMessages implements GrpcServiceConfigurer {

  private final GrpcServiceConfigurer configurer;

  /**
   * @param configurer what binds interceptors
   */
  SmallMessages(GrpcServiceConfigurer configurer) {
    this.configurer = configurer;
  }

  @Override
  public ServerServiceDefinition configure(
      GrpcServiceSpec spec, @Nullable GrpcServerFactory factory) {
    ServerServiceDefinition service = configurer.configure(spec, factory);
    ServiceDescriptor descriptor = service.getServiceDescriptor();
    var named =
        ServiceDescriptor.newBuilder(descriptor.getName())
            .setSchemaDescriptor(descriptor.getSchemaDescriptor());
    var methods =
        service.getMethods().stream()
            .<ServerMethodDefinition<?, ?>>map(SmallMessages::bounded)
            .toList();
    methods.forEach(method -> named.addMethod(method.getMethodDescriptor()));
    var bounded = ServerServiceDefinition.builder(named.build());
    methods.forEach(bounded::addMethod);
    return bounded.build();
  }

  private static <Q, A> ServerMethodDefinition<Q, A> bounded(ServerMethodDefinition<Q, A> method) {
    MethodDescriptor<Q, A> descriptor = method.getMethodDescriptor();
    if (descriptor.getRequestMarshaller() instanceof LargeMessageMarshaller) {
      return method;
    }
    return ServerMethodDefinition.create(
        descriptor.toBuilder()
            .setRequestMarshaller(new Bounded<>(descriptor.getRequestMarshaller()))
            .build(),
        method.getServerCallHandler());
  }

  private record Bounded<T>(MethodDescriptor.Marshaller<T> marshaller)
      implements MethodDescriptor.Marshaller<T> {

    @Override
    public InputStream stream(T value) {
      return marshaller.stream(value);
    }

    @Override
    public T parse(InputStream stream) {
      Arrival call = Arrival.current();
      if (call == null) {
        return marshaller.parse(stream);
      }
      call.whole();
      try {
        byte[] message = stream.readNBytes(Arrival.NAMES_BYTES + 1);
        if (message.length <= Arrival.NAMES_BYTES) {
          return marshaller.parse(new ByteArrayInputStream(message));
        }
        call.refuse(GrpcRefusal.tooLong(Arrival.NAMES_BYTES));
      } catch (IOException | StatusRuntimeException e) { // what it holds is no message
        call.refuse(GrpcRefusal.unreadable());
      }
      return marshaller.parse(InputStream.nullInputStream()); // goes nowhere: the call is refused
    }
  }
}
