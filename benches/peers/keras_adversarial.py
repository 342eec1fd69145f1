"""DCGAN in Keras: one step of each player, compiled as one function, on TensorFlow or JAX.

Neither takes the gradient of the discriminator's weights in the generator's step.
"""

from keras_pictures import BATCHES, NOISE, discriminator, generator

BATCH = BATCHES["dcgan"]


def players(keras):
    """Generator, discriminator, their optimisers and the loss of scores."""
    adam = keras.optimizers.Adam
    mistakes = keras.losses.BinaryCrossentropy(from_logits=True)
    return generator(keras), discriminator(keras), adam(1e-3), adam(1e-3), mistakes


def tensorflow_step(keras, real):
    import tensorflow as tf

    g, d, adam_g, adam_d, mistakes = players(keras)
    real, one, zero = tf.constant(real), tf.ones((BATCH, 1)), tf.zeros((BATCH, 1))

    @tf.function
    def step():
        with tf.GradientTape() as generating:
            fake = g(tf.random.normal((BATCH, NOISE)), training=True)
        with tf.GradientTape() as judging:
            loss_d = mistakes(one, d(real, training=True)) + mistakes(zero, d(tf.stop_gradient(fake), training=True))
        adam_d.apply_gradients(zip(judging.gradient(loss_d, d.trainable_variables), d.trainable_variables))
        with generating:
            loss_g = mistakes(one, d(fake, training=True))
        adam_g.apply_gradients(zip(generating.gradient(loss_g, g.trainable_variables), g.trainable_variables))
        return loss_g

    return lambda: float(step()), g


def jax_step(keras, real):
    import jax
    import jax.numpy as jnp

    g, d, adam_g, adam_d, mistakes = players(keras)
    adam_g.build(g.trainable_variables)
    adam_d.build(d.trainable_variables)
    real, one, zero = jnp.asarray(real), jnp.ones((BATCH, 1)), jnp.zeros((BATCH, 1))

    def values(variables):
        return [variable.value for variable in variables]

    def judge_loss(weights, statistics, fake):
        scores, statistics = d.stateless_call(weights, statistics, real, training=True)
        loss = mistakes(one, scores)
        scores, statistics = d.stateless_call(weights, statistics, fake, training=True)
        return loss + mistakes(zero, scores), statistics

    def generate_loss(weights, statistics, noise, judge):
        fake, statistics = g.stateless_call(weights, statistics, noise, training=True)
        scores, judge_statistics = d.stateless_call(*judge, fake, training=True)
        return mistakes(one, scores), (statistics, judge_statistics)

    @jax.jit
    def step(state, key):
        (g_weights, g_statistics, g_moments), (d_weights, d_statistics, d_moments) = state
        noise = jax.random.normal(key, (BATCH, NOISE))
        fake, _ = g.stateless_call(g_weights, g_statistics, noise, training=True)
        (_, d_statistics), slopes = jax.value_and_grad(judge_loss, has_aux=True)(d_weights, d_statistics, fake)
        d_weights, d_moments = adam_d.stateless_apply(d_moments, slopes, d_weights)
        judge = (d_weights, d_statistics)
        found, slopes = jax.value_and_grad(generate_loss, has_aux=True)(g_weights, g_statistics, noise, judge)
        loss, (g_statistics, d_statistics) = found
        g_weights, g_moments = adam_g.stateless_apply(g_moments, slopes, g_weights)
        return ((g_weights, g_statistics, g_moments), (d_weights, d_statistics, d_moments)), loss

    def start(model, adam):
        return values(model.trainable_variables), values(model.non_trainable_variables), values(adam.variables)

    state, key = (start(g, adam_g), start(d, adam_d)), jax.random.key(0)

    def take():
        nonlocal state, key
        key, now = jax.random.split(key)
        state, loss = step(state, now)
        return float(loss)

    return take, g


def step(keras, draw, backend):
    """A function that takes one step of each player, and the generator."""
    real = draw.random((BATCH, 28, 28, 1), dtype="float32") * 2 - 1
    return {"tensorflow": tensorflow_step, "jax": jax_step}[backend](keras, real)
