"""What no price can buy: who may attend to a case, how many people have to, whether machines alone may decide; a file a rule."""
