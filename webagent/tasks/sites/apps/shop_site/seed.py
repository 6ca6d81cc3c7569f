"""Fills the shop's database through django-oscar's own models and pages."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

import io
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from oscar.core.loading import get_class, get_model
from PIL import Image, ImageDraw
from seeding import log_in

BACKEND = "oscar.apps.customer.auth_backends.EmailBackend"
PIXELS = {
    "Blue": "#3b6ea5",
    "Green": "#5d8a55",
    "Ochre": "#c8922e",
    "Ivory": "#e5dcc3",
    "Charcoal": "#4a4d52",
    "Crimson": "#a3283c",
    "Teal": "#2f7f7d",
    "Sand": "#cdb48c",
}


def seed(content, clock, now):
    """Make everything of `content`, each thing at its own date."""
    clock.move(now - timedelta(days=700))
    users = {one["email"]: _user(one, content["password"]) for one in content["customers"]}
    _country()
    products = _catalogue(content)
    for number, one in enumerate(content["reviews"]):
        clock.move(now - timedelta(days=300 - number, hours=number % 7))
        _review(one, products, users)
    for one in content["addresses"]:
        _address(one, users)
    for one in content["orders"]:
        clock.move(now - timedelta(days=one["days"]))
        _order(one, content, products, users)
    clock.move(now - timedelta(days=9))
    _vouchers(content["vouchers"])
    _basket(content["basket"], products, users[content["ben"]])
    _wishes(content["wishes"], products, users)
    for user in users.values():
        log_in(user, BACKEND)
    call_command("rebuild_index", interactive=False, verbosity=0)
    _draw_thumbnails(products)


def _user(one, password):
    from django.contrib.auth import get_user_model

    make = get_user_model().objects.create_user
    name = one["email"].split("@")[0]
    return make(name, one["email"], password, first_name=one["first"], last_name=one["last"])


def _country():
    get_model("address", "Country").objects.create(
        iso_3166_1_a2="GB",
        iso_3166_1_a3="GBR",
        iso_3166_1_numeric="826",
        printable_name="United Kingdom",
        name="United Kingdom of Great Britain and Northern Ireland",
        is_shipping_country=True,
    )


def _catalogue(content):
    category = get_model("catalogue", "Category")
    kind = get_model("catalogue", "ProductClass").objects.create(
        name="Article", requires_shipping=True, track_stock=True
    )
    partner = get_model("partner", "Partner").objects.create(name="Harbour Street")
    shelves = {}
    for department, names in content["departments"].items():
        root = category.add_root(name=department)
        for name in names:
            root.refresh_from_db()
            shelves[name] = root.add_child(name=name)
    products = {}
    for one in content["products"]:
        product = get_model("catalogue", "Product").objects.create(
            product_class=kind, title=one["title"], upc=one["upc"], description=one["description"]
        )
        product.categories.add(shelves[one["shelf"]])
        get_model("partner", "StockRecord").objects.create(
            product=product,
            partner=partner,
            partner_sku=one["upc"],
            price_currency="GBP",
            price=Decimal(one["price"]) / 100,
            num_in_stock=one["stock"],
        )
        picture = ContentFile(_picture(one), name=f"{one['upc'].lower()}.png")
        get_model("catalogue", "ProductImage").objects.create(product=product, original=picture)
        products[one["title"]] = product
    return products


def _picture(one):
    """A simple drawing in the product's colour."""
    image = Image.new("RGB", (240, 240), "#f4f1ea")
    pen = ImageDraw.Draw(image)
    corner = sum(map(ord, one["title"]))
    inset = 40 + corner % 30
    place = (inset, inset, 240 - inset, 240 - inset)
    shape = (pen.ellipse, pen.rectangle)[corner % 2]
    shape(place, fill=PIXELS[one["colour"]], outline="#3a3a3a", width=3)
    pen.line((60, 205, 180, 205), fill="#8a8578", width=4)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _review(one, products, users):
    review = get_model("reviews", "ProductReview")
    review.objects.create(
        product=products[one["product"]],
        user=users[one["email"]],
        score=one["score"],
        title=one["title"],
        body=one["body"],
    )


def _address(one, users):
    country = get_model("address", "Country").objects.get()
    get_model("address", "UserAddress").objects.create(
        user=users[one["email"]],
        first_name=one["first"],
        last_name=one["last"],
        line1=one["line"],
        line4=one["city"],
        postcode=one["postcode"],
        country=country,
    )


def _order(one, content, products, users):
    user = users[one["email"]]
    basket = get_model("basket", "Basket").objects.create(owner=user)
    basket.strategy = get_class("partner.strategy", "Selector")().strategy(user=user)
    for title, count in one["lines"]:
        basket.add_product(products[title], count)
    home = content["addresses"][0]
    address = get_model("order", "ShippingAddress").objects.create(
        first_name=home["first"],
        last_name=home["last"],
        line1=home["line"],
        line4=home["city"],
        postcode=home["postcode"],
        country=get_model("address", "Country").objects.get(),
    )
    method = get_class("shipping.methods", "Free")()
    charge = method.calculate(basket)
    totals = get_class("checkout.calculators", "OrderTotalCalculator")()
    get_class("order.utils", "OrderCreator")().place_order(
        basket=basket,
        total=totals.calculate(basket, charge),
        shipping_method=method,
        shipping_charge=charge,
        user=user,
        shipping_address=address,
        order_number=one["number"],
        status="Sent",
    )
    basket.submit()
    # The stock is that of the content, whatever was ordered in the past.
    for title, _ in one["lines"]:
        stock = {item["title"]: item["stock"] for item in content["products"]}[title]
        products[title].stockrecords.update(num_in_stock=stock, num_allocated=0)


def _vouchers(codes):
    everything = get_model("offer", "Range").objects.create(
        name="Everything", includes_all_products=True
    )
    condition = get_model("offer", "Condition").objects.create(
        range=everything, type="Count", value=1
    )
    benefit = get_model("offer", "Benefit").objects.create(
        range=everything, type="Percentage", value=10
    )
    now = SimpleNamespace()
    from django.utils import timezone

    now.start, now.end = timezone.now(), timezone.now() + timedelta(days=900)
    for code in codes:
        offer = get_model("offer", "ConditionalOffer").objects.create(
            name=f"10 % with {code}", offer_type="Voucher", condition=condition, benefit=benefit
        )
        voucher = get_model("voucher", "Voucher").objects.create(
            name=code.title(),
            code=code,
            usage="Multi-use",
            start_datetime=now.start,
            end_datetime=now.end,
        )
        voucher.offers.add(offer)


def _basket(lines, products, user):
    basket = get_model("basket", "Basket").objects.create(owner=user)
    basket.strategy = get_class("partner.strategy", "Selector")().strategy(user=user)
    for title, count in lines:
        basket.add_product(products[title], count)


def _wishes(wishes, products, users):
    for email, name, titles in wishes:
        one = get_model("wishlists", "WishList").objects.create(owner=users[email], name=name)
        for title in titles:
            one.add(products[title])


def _draw_thumbnails(products):
    """Look at every page that shows pictures once, so that no episode has to make them."""
    client = Client(headers={"host": "seed.localhost"})
    categories = get_model("catalogue", "Category").objects.all()
    pages = [one.get_absolute_url() for one in [*categories, *products.values()]]
    for page in ["/catalogue/", *(f"/catalogue/?page={n}" for n in range(2, 9)), *pages]:
        client.get(page)
    from django.contrib.sessions.models import Session

    Session.objects.exclude(session_key__startswith="begin").delete()
    get_model("analytics", "ProductRecord").objects.all().delete()
